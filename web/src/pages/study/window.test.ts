import { describe, expect, it } from 'vitest'

import { studyWindow } from '@/pages/study/window'

const now = new Date('2026-11-22T00:00:00Z')

describe('studyWindow', () => {
  it.each([
    ['before filing', { stage: 'planning', stage_name: '两案编制' }, [true, false, false], '两案备案后'],
    ['running', { stage: 'training', stage_name: '校本研修', window: '2027-01-06T00:00:00Z' }, [true, true, true], ''],
    ['the last instant', { stage: 'training', stage_name: '校本研修', window: '2026-11-22T00:00:00Z' }, [false, false, true], '2026-11-22 结束'],
    ['finished early', { stage: 'assessment', stage_name: '考核', window: '2027-01-06T00:00:00Z' }, [false, false, true], '重开研修窗口'],
    ['open again for some', { stage: 'assessment', stage_name: '考核', window: '2026-11-01T00:00:00Z', reopened_until: '2026-11-30T00:00:00Z' }, [false, true, true], ''],
    ['no longer open for some', { stage: 'assessment', stage_name: '考核', window: '2026-11-01T00:00:00Z', reopened_until: '2026-11-20T00:00:00Z' }, [false, false, true], '重开研修窗口'],
    ['long after', { stage: 'scoring', stage_name: '专家打分', window: '2026-10-01T00:00:00Z' }, [false, false, false], '专家打分'],
    ['closed', { stage: 'closed', stage_name: '办结', closed_at: '2026-11-20T00:00:00Z' }, [false, false, false], '2026-11-20 办结'],
  ] as const)('%s', (_, view, [prepare, run, assess], why) => {
    const w = studyWindow(view, now)
    expect([w.prepare, w.run, w.assess]).toEqual([prepare, run, assess])
    expect(w.why).toContain(why)
    if (run) expect(w.why).toBe('')
  })
})
