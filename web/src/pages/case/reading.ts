import type { Schemas } from '@/api/client'
import type { Role } from '@/lib/roles'
import { overseers, school } from '@/lib/roles'

interface Reader {
  me?: { id: string; grants: { role: Role }[] }
}

/** Who sees what keeps a case waiting; asking for others would only be refused. */
export const insiders: Role[] = [...school, ...overseers]

/** Experts read a case once they have declared that they need not withdraw from it; what
 * is certain to be refused is not asked for. */
export function mayRead(view: Schemas['CaseView'], reader: Reader): boolean {
  const roles = reader.me?.grants.map((g) => g.role) ?? []
  if (roles.some((r) => r !== 'expert')) return true
  const self = view.panel.members.find((m) => m.user_id === reader.me?.id)
  return self?.status === 'ready' || self?.status === 'scored'
}
