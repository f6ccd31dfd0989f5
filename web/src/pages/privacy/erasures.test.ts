import { expect, test } from 'vitest'

import { erasureClasses, erasureStates, underWay, wholeClasses, years } from './erasures'

test('a term is told in years where it is whole years', () => {
  expect([36, 6, 120].map(years)).toEqual(['3 年', '6 个月', '10 年'])
})

test('a page looks again only while a worker is at it', () => {
  expect(erasureStates.map((s) => s.value).filter(underWay)).toEqual(['listing', 'running'])
  expect(underWay(undefined)).toBe(false)
})

test('what is not divided by organisation is something that can be chosen', () => {
  expect(erasureClasses.map((c) => c.value)).toEqual(expect.arrayContaining(wholeClasses))
})
