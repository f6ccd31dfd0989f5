import { describe, expect, it } from 'vitest'

import { queryOf, same, shown } from '@/pages/board/useViews'

describe('views of the board', () => {
  it('keep the filters and the order of the address, and nothing else', () => {
    expect(shown({ overdue: '1', stage: '', sort: '-overdue', utm: 'x' })).toEqual({ filters: { overdue: '1' }, sort: '-overdue' })
  })
  it('lead back to the address, with the usual order said out loud', () => {
    expect(queryOf({ filters: { stage: 'filing' }, sort: '' })).toEqual({ stage: 'filing', sort: 'due' })
  })
  it.each([
    [{ filters: { stage: 'filing' }, sort: '' }, { filters: { stage: 'filing' }, sort: 'due' }, true],
    [{ filters: { stage: 'filing' }, sort: '' }, { filters: { stage: 'team' }, sort: '' }, false],
    [{ filters: { stage: 'filing' }, sort: '' }, { filters: { stage: 'filing', overdue: '1' }, sort: '' }, false],
    [{ filters: {}, sort: 'name' }, { filters: {}, sort: '-name' }, false],
  ])('%j and %j', (a, b, want) => {
    expect(same(a, b)).toBe(want)
  })
})
