import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'

import { clock, draftOf, minute, missing, typedOf } from './words'

const known = {
  id: 'c1', org: { id: 'o1', name: '天河区' }, kind: 'webhook', name: '教务群', signed: true, topics: ['urge'], per_minute: 30, disabled: false,
  quiet: { from: 1320, to: 420, working_days: true, urgent: true },
} as unknown as Schemas['Channel']

describe('the form of a channel', () => {
  it('reads and writes minutes of the day', () => {
    expect([clock(0), clock(425), clock(1439)]).toEqual(['00:00', '07:05', '23:59'])
    expect(['00:00', '07:05', '24:00'].map(minute)).toEqual([0, 425, 0])
  })

  it('sends neither address nor secret where they stay', () => {
    const draft = draftOf(typedOf(known))
    expect(draft).toEqual({ name: '教务群', topics: ['urge'], disabled: false, per_minute: 30, quiet: known.quiet })
    expect(draftOf({ ...typedOf(known), url: ' https://x.example/ ', secret: 's' })).toMatchObject({ url: 'https://x.example/', secret: 's' })
  })

  it('sends a mail server only for mail', () => {
    const t = { ...typedOf(undefined, 'o1'), kind: 'mail' as const, url: 'https://x.example/', name: '邮件' }
    t.server = { ...t.server, host: 'smtp.example.com', from: 'zx@example.com' }
    expect(draftOf(t).url).toBeUndefined()
    expect(draftOf(t).server).toMatchObject({ host: 'smtp.example.com', port: 587, security: 'starttls' })
    expect(draftOf({ ...t, kind: 'wecom' }).server).toBeUndefined()
  })

  it('has no quiet hours unless asked for', () => {
    expect(draftOf({ ...typedOf(known), quiet: false }).quiet).toMatchObject({ from: 0, to: 0 })
  })

  it('says what is missing', () => {
    const t = typedOf(undefined, 'o1')
    expect(missing(t)).toBe('请填写名称。')
    expect(missing({ ...t, name: '群' })).toBe('请填写接收地址。')
    expect(missing({ ...t, name: '群', url: 'https://x.example/' })).toBeUndefined()
    expect(missing({ ...t, kind: 'webhook', name: '群', url: 'https://x.example/' })).toBe('请填写签名密钥。')
    expect(missing(typedOf(known), known)).toBeUndefined()
  })
})
