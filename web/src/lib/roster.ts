import type { Schemas } from '@/api/client'

/** The statuses of a teacher on the roster, in the office's words. */
export const rosterWords: Record<Schemas['RosterStatus'], string> = { active: '在岗', leave: '请假', retired: '退休', transferred: '调离' }
