import type { Schemas } from '@/api/client'

export type Role = Schemas['Role']

/** The roles by the side they stand on, for menus. What one may do, the server says. */
export const school: Role[] = ['school_admin', 'principal']
export const learners: Role[] = ['teacher', 'group_leader']
export const officials: Role[] = ['district', 'city_office', 'bureau', 'inspector', 'auditor']
export const reviewers: Role[] = ['district', 'city_office']
export const triad: Role[] = ['sysadmin', 'security_admin', 'audit_admin']
export const managers: Role[] = ['security_admin', 'city_office', 'district', 'school_admin']
export const planners: Role[] = ['district', 'city_office', 'sysadmin']
export const overseers: Role[] = [...officials, 'sysadmin']
/** Who looks after personal data. */
export const guardians: Role[] = ['security_admin', 'audit_admin', 'city_office', 'auditor']
