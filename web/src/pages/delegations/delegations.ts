import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { client, type Schemas, unwrap } from '@/api/client'
import { date } from '@/lib/format'
import type { Role } from '@/lib/roles'
import { useSession } from '@/session'

export type Delegation = Schemas['Delegation']

/** Whose work can be done by somebody else; a teacher's study and an expert's judgement
 * cannot. */
export const delegators: Role[] = ['school_admin', 'principal', 'district', 'bureau', 'city_office']

/** What the reader has given and was given; they begin and end by the clock. */
export function useDelegations(all: MaybeRefOrGetter<boolean> = false) {
  const session = useSession()
  return useQuery({
    queryKey: computed(() => ['delegations', toValue(all)]),
    queryFn: () => unwrap(client.GET('/api/v1/delegations', { params: { query: { all: toValue(all) || undefined } } })),
    refetchInterval: 5 * 60_000,
    enabled: computed(() => session.me?.must_change === false),
  })
}

/** 2026-11-20 至 2026-11-27 */
export function period(d: Pick<Delegation, 'starts_at' | 'ends_at'>): string {
  return `${date(d.starts_at)} 至 ${date(d.ends_at)}`
}

export type State = 'active' | 'coming' | 'ended'

/** Where a delegation stands. Whether it counts now, the server says. */
export function stateOf(d: Delegation, now: Date): State {
  if (d.active) return 'active'
  return !d.ended_at && new Date(d.starts_at) > now ? 'coming' : 'ended'
}

export interface Sentence { key: string; text: string }

/** What is in force, one sentence for each colleague and period: several roles given
 * together are one thing to the reader. */
export function inForce(items: Delegation[]): Sentence[] {
  const groups = new Map<string, Delegation[]>()
  for (const d of items.filter((i) => i.active)) {
    const key = [d.given, d.given ? d.to.id : d.from.id, d.ends_at].join('/')
    groups.set(key, [...(groups.get(key) ?? []), d])
  }
  return [...groups].map(([key, list]) => ({ key, text: sentence(list) }))
}

function sentence(list: Delegation[]): string {
  const [first] = list as [Delegation, ...Delegation[]]
  const seats = list.map((d) => `“${d.org.name} ${d.role_name}”`).join('、')
  const until = `至 ${date(first.ends_at)}`
  return first.given
    ? `您的${seats}已委托${first.to.name}代办，${until}。您自己仍可办理，办理前请与${first.to.name}说一声。`
    : `您正在代${first.from.name}办理${seats}的事项，${until}。办理会记为“代${first.from.name}办理”。`
}
