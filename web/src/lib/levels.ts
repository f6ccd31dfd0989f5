import type { Schemas } from '@/api/client'

type Level = Schemas['OrgLevel']

export const levels: Record<Level, string> = { province: '省', city: '市', district: '区', school: '学校' }

/** The level below. */
export const below: Partial<Record<Level, Level>> = { province: 'city', city: 'district', district: 'school' }
