import { describe, expect, it } from 'vitest'

import { branches, farApart, press, total, unexplained } from './rubric'

const of = (code: string, max: number, path: string[] = ['一']) => ({ code, max, path, name: code })

describe('keys', () => {
  it.each([
    ['ArrowUp', 45, 50, { set: 50 }],
    ['ArrowUp', 48, 50, { set: 50 }], // never above the range
    ['ArrowUp', undefined, 50, { set: 0 }],
    ['ArrowDown', 3, 50, { set: 0 }], // never below it
    ['ArrowDown', undefined, 50, { set: 50 }],
    ['Enter', 10, 50, { to: 'next' }],
    ['PageDown', 10, 50, { to: 'next' }],
    ['PageUp', 10, 50, { to: 'previous' }],
    ['/', 10, 50, { to: 'reason' }],
    ['?', 10, 50, { to: 'help' }],
    ['7', 10, 50, undefined],
    ['.', 10, 50, undefined],
    ['Tab', 10, 50, undefined],
  ] as const)('%s at %s of %s', (key, points, max, does) => {
    expect(press(key, points, max)).toEqual(does)
  })
})

describe('totals and marks', () => {
  it('sums tenths', () => expect(total({ a: 45, b: 30 })).toBe(75))
  it('groups by branch in order', () => {
    expect(branches([of('1', 10), of('2', 20), of('3', 5, ['二'])]).map((b) => [b.path, b.max, b.rows.length])).toEqual([['一', 30, 2], ['二', 5, 1]])
  })
  it('asks for reasons where points were taken off', () => {
    const list = [of('1', 10), of('2', 20), of('3', 30), of('4', 40)]
    expect(unexplained(list, { 1: 10, 2: 15, 3: 10 }, { 2: '  ', 3: '缺少佐证' }).map((i) => i.code)).toEqual(['2'])
  })
  it('marks a fifth of the points and more', () => {
    expect(farApart(40, 50, 50)).toBe(true)
    expect(farApart(41, 50, 50)).toBe(false)
    expect(farApart(undefined, 50, 50)).toBe(false)
  })
})
