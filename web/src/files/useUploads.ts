import { computed, onScopeDispose, reactive } from 'vue'

import { asProblem } from '@/api/problem'
import { caseChanged } from '@/api/query'

import { enqueue } from './lane'
import { giveUp, large } from './large'
import { useLeaveGuard } from './leave'
import type { FileVersion, Item, Progress, Step, Target } from './transfer'
import { upload } from './upload'
import { mayRetry } from './words'

interface Job {
  done: Progress
  stop: AbortController
}

let last = 0

/** Uploads of one place of a page. They run a few at a time and end with the component. */
export function useUploads(options: { onDone?: (version: FileVersion, item: Item) => void } = {}) {
  const items = reactive<Item[]>([])
  const jobs = new Map<number, Job>()
  const busy = computed(() => items.some((i) => i.state !== 'done' && i.state !== 'failed' && i.state !== 'paused'))

  function add(file: File, target: Target): Item {
    const item = reactive<Item>({ id: ++last, file, target, state: 'waiting', share: 0 }) as Item
    items.push(item)
    start(item, {})
    return item
  }

  function start(item: Item, done: Progress): void {
    const job = { done, stop: new AbortController() }
    jobs.set(item.id, job)
    enqueue(() => run(item, job))
  }

  async function run(item: Item, { done, stop }: Job): Promise<void> {
    if (stop.signal.aborted) return
    let began: { at: number; share: number } | undefined
    const tell = (step: Step, share: number): void => {
      if (stop.signal.aborted) return
      if (step === 'uploading') began ??= { at: Date.now(), share }
      else began = undefined
      Object.assign(item, { state: step, share, left: began && secondsLeft(began, share) })
    }
    try {
      const version = await upload(item.file, item.target, done, tell, stop.signal)
      Object.assign(item, { state: 'done', share: 1, version })
      caseChanged(item.target.caseId)
      options.onDone?.(version, item)
    } catch (e) {
      if (!stop.signal.aborted) Object.assign(item, { state: 'failed', problem: asProblem(e) })
    }
  }

  /** Stops sending; what has arrived stays. Only large files can be paused. */
  function pause(item: Item): void {
    jobs.get(item.id)?.stop.abort()
    Object.assign(item, { state: 'paused', left: undefined })
  }

  /** Goes on with what failed or was paused. */
  function retry(item: Item): void {
    if (item.state !== 'failed' && item.state !== 'paused') return
    Object.assign(item, { state: 'waiting', share: 0, problem: undefined })
    start(item, jobs.get(item.id)?.done ?? {})
  }

  function retryAll(): void {
    for (const item of items) if (mayRetry(item)) retry(item)
  }

  /** Stops it when it is under way, and takes it off the list. */
  function remove(item: Item): void {
    const job = jobs.get(item.id)
    job?.stop.abort()
    // What the store keeps of it is tidied up in the end, should this fail.
    if (item.state !== 'done' && job?.done.large && !job.done.handedIn) {
      void giveUp(job.done.large).then(() => caseChanged(item.target.caseId), () => undefined)
    }
    jobs.delete(item.id)
    const at = items.findIndex((i) => i.id === item.id)
    if (at >= 0) items.splice(at, 1)
  }

  useLeaveGuard(() => busy.value, '还有文件没有传完。离开后未传完的文件需要重新选择；大文件已传的部分会保留，已传完的不受影响。')
  onScopeDispose(() => {
    for (const job of jobs.values()) job.stop.abort()
  })
  return { items, busy, add, pause, retry, retryAll, remove }
}

/** Whether it makes sense to pause: only what comes in parts goes on where it was. */
export function canPause(item: Item): boolean {
  return item.file.size > large && (item.state === 'hashing' || item.state === 'uploading')
}

// Too early it would jump about.
function secondsLeft(began: { at: number; share: number }, share: number): number | undefined {
  const seconds = (Date.now() - began.at) / 1000
  const sent = share - began.share
  return seconds > 2 && sent > 0 ? (1 - share) / (sent / seconds) : undefined
}
