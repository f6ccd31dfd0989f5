import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import { usePending } from '@/api/actions'
import { client, onPolicyUnread, onProofWanted, onSessionEnd, type Schemas, unwrap } from '@/api/client'
import { networkProblem, Problem } from '@/api/problem'
import { queries } from '@/api/query'
import { patiently, renewing } from '@/api/renewal'
import { clearLeftovers, keepOnly, putBack, takeDrafts } from '@/lib/leftovers'
import type { Role } from '@/lib/roles'

const seatKey = 'zx.seat'
// Set while somebody is signed in in this browser, so that a first visit goes straight to
// the login page; it proves nothing.
const knownKey = 'zx.known'

/** Tells the page that waits that its proof was given in another window. */
export function proofChannel(): BroadcastChannel {
  return new BroadcastChannel('zx.proof')
}

/** Who is signed in, and as what they look at the system. */
export const useSession = defineStore('session', () => {
  const me = ref<Schemas['Me']>()
  const seatIndex = ref(0)
  /** The session ended while a page was open; a dialog asks to sign in again. */
  const ended = ref(false)
  let waiting: { resolve: () => void; reject: (e: unknown) => void }[] = []
  /** The 隐私政策 changed while a page was open, and is read over it. */
  const informing = ref(false)
  let unreading: { resolve: () => void; reject: (e: unknown) => void }[] = []
  /** Nothing is shown yet: the 隐私政策 comes first, after the password. */
  const unread = computed(() => !!me.value?.privacy_notice && !me.value.must_change)

  /** The role and organisation looked from; menus follow it, rights do not. */
  const seat = computed(() => me.value?.grants[seatIndex.value] ?? me.value?.grants[0])
  const role = computed<Role | undefined>(() => seat.value?.role)

  function has(...roles: Role[]): boolean {
    return me.value?.grants.some((g) => roles.includes(g.role)) ?? false
  }

  /** Who it is, undefined when nobody is signed in. */
  async function load(): Promise<void> {
    if (!localStorage.getItem(knownKey)) return clearLeftovers()
    const response = await patiently(() => fetch('/api/v1/me')).catch(() => Promise.reject(networkProblem()))
    if (response.status === 401) clearLeftovers()
    if (response.ok) enter((await response.json()) as Schemas['Me'])
  }

  function enter(who: Schemas['Me']): void {
    const changed = me.value && me.value.id !== who.id
    const atWork = me.value?.id === who.id && !me.value.must_change && !me.value.privacy_notice
    if (atWork && who.privacy_notice) informing.value = true
    me.value = atWork ? { ...who, privacy_notice: false } : who
    keepOnly(who.id)
    localStorage.setItem(knownKey, '1')
    seatIndex.value = Math.min(Number(localStorage.getItem(seatKey) ?? 0) || 0, Math.max(who.grants.length - 1, 0))
    if (!changed) return
    held = {}
    usePending().clear()
    queries.clear()
  }

  // Somebody else may be at the machine now. What was typed stays with the page, for whoever
  // typed it, and is not in the browser's storage meanwhile.
  let held: Record<string, string> = {}
  watch(ended, (now) => {
    if (now) held = takeDrafts()
    else if (me.value) putBack(held)
    if (!now) held = {}
  }, { flush: 'sync' })

  async function login(name: string, password: string, code?: string): Promise<void> {
    const info = await unwrap(client.POST('/api/v1/sessions', { body: { login: name, password, ...(code ? { code } : {}) } }))
    goOn(info.me)
  }

  /** Goes on after somebody signed in in another tab. */
  async function resume(): Promise<void> {
    goOn(await unwrap(client.GET('/api/v1/me')))
  }

  /** Goes on as somebody who came back from a provider. */
  function resumeAs(who: Schemas['Me']): void {
    goOn(who)
  }

  function goOn(who: Schemas['Me']): void {
    const previous = me.value?.id
    enter(who)
    ended.value = false
    const asked = waiting
    waiting = []
    // Requests of one person are not repeated in the name of another.
    const same = previous === undefined || previous === who.id
    for (const w of asked) if (same) w.resolve(); else w.reject(otherPerson())
  }

  async function logout(): Promise<void> {
    const provider = me.value?.provider_logout
    await unwrap(client.DELETE('/api/v1/sessions/current'))
    forget()
    if (provider) window.location.assign(provider)
  }

  function forget(): void {
    me.value = undefined
    ended.value = false
    informing.value = false
    for (const w of unreading) w.reject(unreadPolicy())
    unreading = []
    clearLeftovers()
    usePending().clear()
    for (const w of waiting) w.reject(sessionEnded())
    waiting = []
    queries.clear()
  }

  async function changePassword(current: string, password: string): Promise<void> {
    await renewing(() => unwrap(client.POST('/api/v1/me/password', { body: { current, password } })))
    await load()
  }

  onPolicyUnread(() => {
    if (!me.value) return Promise.reject(unreadPolicy())
    if (!unread.value) informing.value = true
    return new Promise((resolve, reject) => unreading.push({ resolve, reject }))
  })
  async function acknowledge(version: string): Promise<void> {
    await unwrap(client.POST('/api/v1/me/privacy-notice', { body: { version } }))
    if (me.value) me.value = { ...me.value, privacy_notice: false, privacy_read: version }
    informing.value = false
    const asked = unreading
    unreading = []
    for (const w of asked) w.resolve()
  }

  function sitAt(index: number): void {
    seatIndex.value = index
    localStorage.setItem(seatKey, String(index))
  }

  onSessionEnd(() => {
    if (!me.value) return Promise.reject(sessionEnded())
    ended.value = true
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  })

  /** Something sensitive waits until the person has proved again who they are. */
  const proving = ref(false)
  let wanting: { resolve: () => void; reject: (e: unknown) => void }[] = []
  onProofWanted(() => {
    proving.value = true
    return new Promise((resolve, reject) => wanting.push({ resolve, reject }))
  })
  function settle(each: (w: (typeof wanting)[number]) => void): void {
    proving.value = false
    const asked = wanting
    wanting = []
    asked.forEach(each)
  }
  async function prove(password: string, code: string): Promise<void> {
    await renewing(() => unwrap(client.POST('/api/v1/sessions/current/proof', { body: { password, code } })))
    settle((w) => w.resolve())
  }
  /** The proof was given at a provider. */
  function proved(): void {
    settle((w) => w.resolve())
  }
  function refuseProof(): void {
    settle((w) => w.reject(new Problem({ status: 403, code: 'step_up_required', title: '没有验证', detail: '没有验证密码，这项操作没有办理；填写的内容都在。' })))
  }

  return { me, seat, seatIndex, role, ended, informing, unread, acknowledge, proving, prove, proved, refuseProof, has, load, login, resume, resumeAs, logout, forget, changePassword, sitAt }
})

function sessionEnded(): Problem {
  return new Problem({ status: 401, code: 'unauthenticated', title: '登录已结束', detail: '登录已结束，请重新登录。' })
}

function unreadPolicy(): Problem {
  return new Problem({ status: 403, code: 'privacy_notice', title: '没有阅读隐私政策', detail: '没有确认已阅读隐私政策，刚才的操作没有办理。' })
}

function otherPerson(): Problem {
  return new Problem({
    status: 401, code: 'unauthenticated', title: '登录人已变',
    detail: '重新登录的是另一个账号，刚才的办理没有发送。请核对后再办理。',
  })
}
