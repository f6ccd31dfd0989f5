import { type Note, Source, type World } from '@/live/source'

/** What a page says. */
export type Call = { kind: 'listen'; user: string } | { kind: 'leave' }

export interface Listener {
  postMessage: (n: Note) => void
}

/** One stream for all pages that listen; without any it is closed. */
export class Exchange {
  private readonly listeners = new Set<Listener>()
  private readonly source: Source

  constructor(world?: World) {
    this.source = new Source((n) => this.listeners.forEach((l) => l.postMessage(n)), world)
  }

  take(from: Listener, call: Call): void {
    if (call.kind === 'leave') {
      this.listeners.delete(from)
      if (this.listeners.size === 0) this.source.stop()
      return
    }
    this.listeners.add(from)
    this.source.start(call.user)
    const live = this.source.state
    if (live === undefined) return
    from.postMessage({ kind: 'state', live })
    // What the page read before it was heard of may be old by now.
    from.postMessage({ kind: 'fresh' })
  }

  wake(): void {
    this.source.wake()
  }
}
