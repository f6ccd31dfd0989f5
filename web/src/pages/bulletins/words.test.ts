import { describe, expect, it } from 'vitest'

import { progress, waiting } from './words'

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
