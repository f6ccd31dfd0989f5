import { describe, expect, it } from 'vitest'

import { missing, progress, senders, underWay, waiting } from './words'

describe('how far a notice is', () => {
  const sent = { recipients: 10, read: 4, confirmed: 3, receipt: true }
  it('tells who has read and who has answered', () => {
    expect(progress(sent)).toBe('已读 4 / 10 人，6 人未读；已回执 3 人')
    expect(progress({ ...sent, receipt: false })).toBe('已读 4 / 10 人，6 人未读')
    expect(progress({ ...sent, read: 10 })).toBe('10 人全部已读；已回执 3 人')
  })
  it('waits for the receipt where one is asked for, else for the reading', () => {
    expect(waiting(sent)).toBe(7)
    expect(waiting({ ...sent, receipt: false })).toBe(6)
  })
})

describe('what a notice still wants', () => {
  const whole = { sender: 'a', title: '通知', body: '请知悉。', roles: ['principal'], orgs: [{ id: 'o1' }], cohort: '', people: 3 }
  it.each([
    ['nothing', {}, []],
    ['in whose name it goes out', { sender: undefined, people: undefined }, ['sender']],
    ['a title, not only blanks', { title: '  ' }, ['title']],
    ['a text', { body: '' }, ['body']],
    ['a role, and then nobody is counted', { roles: [], people: undefined }, ['roles']],
    ['an office or a cohort', { orgs: [], people: undefined }, ['audience']],
    ['no office where a cohort is chosen', { orgs: [], cohort: 'c1' }, []],
    ['somebody who gets it', { people: 0 }, ['audience']],
    ['nothing while they are being counted', { people: undefined }, []],
    ['all of it', { title: '', body: '', roles: [], orgs: [], people: undefined }, ['title', 'body', 'roles', 'audience']],
  ])('%s', (_, change, want) => {
    expect(Object.keys(missing({ ...whole, ...change }))).toEqual(want)
  })
})

describe('in whose name', () => {
  it('names every organisation once that one may send for', () => {
    const grant = (role: 'bureau' | 'district' | 'principal', id: string) => ({ role, role_name: '', org: { id, name: id } })
    expect(senders([grant('bureau', 'a'), grant('district', 'a'), grant('district', 'b'), grant('principal', 'c')]).map((o) => o.id)).toEqual(['a', 'b'])
  })
})

describe('a notice for many', () => {
  it('tells how far it is until all have it', () => {
    expect(underWay({ recipients: 1200, delivered: 500 })).toBe('正在送达：已送达 500 / 1200 人')
    expect(underWay({ recipients: 1200, delivered: 1200 })).toBeUndefined()
  })
})
