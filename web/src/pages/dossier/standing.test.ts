import { describe, expect, it } from 'vitest'

import type { Schemas } from '@/api/client'

import { unready, whyReadonly } from './standing'

const since = '2026-11-01T00:00:00Z'

function view(change: object): Schemas['CaseView'] {
  return { stage: 'dossier', rectify: [], waits: [{ task: 'dossier', since }], ...change } as unknown as Schemas['CaseView']
}
function item(no: number, change: object = {}): Schemas['DossierItem'] {
  return { no, name: `材料${no}`, form: '', required: true, ready: true, updated_at: '2026-10-01T00:00:00Z', ...change }
}

describe('whyReadonly', () => {
  it.each([
    ['open to the school', view({}), true, undefined, undefined],
    ['from filing on', view({ stage: 'filing' }), true, undefined, undefined],
    ['not before', view({ stage: 'planning' }), true, undefined, '两案提交审核后即可开始上传材料。'],
    ['others look', view({}), false, undefined, '由学校管理员或校长上传。'],
    ['handed in', view({ stage: 'scoring' }), true, '2026-11-20T02:00:00Z', '已于 2026-11-20 提交并锁定，不能再更换。'],
    ['closed', view({ stage: 'closed', closed_at: '2026-12-20T02:00:00Z' }), true, undefined, '项目已于 2026-12-20 办结，材料只读。'],
  ] as const)('%s', (_, v, ours, at, words) => expect(whyReadonly(v, ours, at)).toBe(words))
})

describe('unready', () => {
  it('names required items that are missing', () => {
    expect(unready(view({}), [item(1), item(2, { ready: false }), item(3, { ready: false, required: false })]).map((i) => i.no)).toEqual([2])
  })

  it('in a rectification, names the items without a newer version', () => {
    const v = view({ rectify: [{ part: '1', text: '补充' }, { part: '2', text: '更新' }, { part: 'team', text: '说明' }] })
    expect(unready(v, [item(1), item(2, { updated_at: '2026-11-02T00:00:00Z' }), item(3)]).map((i) => i.no)).toEqual([1])
  })
})
