import { describe, expect, it } from 'vitest'

import { bytes, count, date, dateTime, days, endOfDay, parseTenths, tenths } from '@/lib/format'

describe('dates are of China', () => {
  it.each([
    ['2026-11-21T15:59:59Z', '2026-11-21', '2026-11-21 23:59'],
    ['2026-11-21T16:00:00Z', '2026-11-22', '2026-11-22 00:00'],
    ['2026-12-31T16:30:00Z', '2027-01-01', '2027-01-01 00:30'],
  ])('%s', (at, day, minute) => {
    expect(date(at)).toBe(day)
    expect(dateTime(at)).toBe(minute)
  })
  it('shows nothing for nothing', () => {
    expect(date(undefined) + dateTime(undefined)).toBe('')
  })
  it('ends a day in its last second', () => {
    expect(date(endOfDay('2026-11-21'))).toBe('2026-11-21')
    expect(date(new Date(Date.parse(endOfDay('2026-11-21')) + 1000))).toBe('2026-11-22')
  })
  it('asks for days from the first moment of one to the first after the other', () => {
    expect(days('2026-11-21', '2026-11-21')).toEqual({ from: '2026-11-20T16:00:00.000Z', to: '2026-11-21T16:00:00.000Z' })
    expect(days(undefined, undefined)).toEqual({ from: undefined, to: undefined })
  })
})

describe('tenths', () => {
  it.each([[0, '0'], [5, '0.5'], [180, '18'], [185, '18.5'], [1000, '100']])('%i is %s', (n, text) => {
    expect(tenths(n)).toBe(text)
    expect(parseTenths(text)).toBe(n)
  })
  it.each([['18．5', 185], [' 7 ', 70], ['3.', 30]])('reads %j', (text, n) => {
    expect(parseTenths(text)).toBe(n)
  })
  it.each(['', '-1', '1.25', 'a', '1e3', '1,5', '12345678'])('refuses %j', (text) => {
    expect(parseTenths(text)).toBeUndefined()
  })
})

describe('numbers', () => {
  it.each([[0, '0'], [999, '999'], [1536, '1\u2009536'], [1234567, '1\u2009234\u2009567']])('%i', (n, text) => {
    expect(count(n)).toBe(text)
  })
  it.each([[0, '0 B'], [1023, '1023 B'], [1536, '1.5 KB'], [2097152, '2.0 MB'], [209715200, '200 MB']])('%i bytes', (n, text) => {
    expect(bytes(n)).toBe(text)
  })
})
