import { describe, expect, it } from 'vitest'

import { claimWords, orphanWords, partyOf } from '@/lib/party'

describe('who must act', () => {
  type Wait = Parameters<typeof claimWords>[0] & { person?: string }

  it.each<[string, Wait, string | undefined, string]>([
    ['the office', {}, undefined, ''],
    ['one person', { person: '张三' }, '张三', ''],
    ['who has claimed it', { claimed_by: '张三' }, '张三', '已由张三认领'],
    ['who stands in', { claimed_by: '张三', proxy: '李四' }, '张三（李四代办）', '已由张三认领（李四代办）'],
    ['the reader', { claimed_by: '张三', claimed_by_me: true }, '张三', '已由您认领'],
  ])('%s', (_, wait, party, claim) => {
    expect(partyOf(wait)).toBe(party)
    expect(claimWords(wait)).toBe(claim)
  })

  it('says what to do about a task nobody can act on', () => {
    const words = orphanWords({ org: { id: 'o', name: '天河区工程办' }, role_name: '区工程办' })
    expect(words).toContain('天河区工程办')
    expect(words).toContain('授予身份')
  })
})
