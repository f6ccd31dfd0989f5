import { describe, expect, it } from 'vitest'

import { remedy } from '@/pages/study/missing'

describe('remedy', () => {
  it.each([
    ['未上传个人提升计划', 'plan'],
    ['校本研修18/25学时', 'activities'],
    ['应用能力点只选了2个，至少3个', 'points'],
    ['缺能力点提升总结：B4、G4', 'point-B4'],
  ])('%s leads to #%s', (missing, anchor) => {
    expect(remedy(missing)?.anchor).toBe(anchor)
  })

  it('leaves unknown words alone', () => {
    expect(remedy('别的')).toBeUndefined()
  })
})
