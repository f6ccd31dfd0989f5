import { describe, expect, it } from 'vitest'

import { csv } from '@/components/csv'

describe('csv', () => {
  it('quotes, keeps numbers and disarms formulas', () => {
    const rows = [{ name: '张"三,丰', n: -1.5 }, { name: '=1+1', n: 25 }]
    const text = csv([{ title: '姓名', text: (r) => r.name }, { title: '学时', text: (r) => r.n }], rows)
    expect(text).toBe('姓名,学时\r\n"张""三,丰",-1.5\r\n\'=1+1,25\r\n')
  })
})
