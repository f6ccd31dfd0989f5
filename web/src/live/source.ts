import type { components } from '@/api/schema'

export type Change = components['schemas']['LiveChange']

/** What a page is told. */
export type Note =
  | { kind: 'change'; change: Change }
  /** Anything may have changed: read it again. */
  | { kind: 'fresh' }
  /** So may who one is. */
  | { kind: 'reset' }
  | { kind: 'state'; live: boolean }
  /** The session ended on the server. */
  | { kind: 'ended' }

export interface World {
  open: (url: string) => EventSource
  /** False when the server says that nobody is signed in. */
  signedIn: () => Promise<boolean>
  random: () => number
}

/** A short interruption is not worth a word. */
const grace = 3000
const firstDelay = 1000
const longestDelay = 30_000

export const browser: World = {
  open: (url) => new EventSource(url),
  signedIn: async () => (await fetch('/api/v1/me', { cache: 'no-store' })).status !== 401,
  random: Math.random,
}

/** One stream of changes. It comes back by itself, more slowly each time and never in step
 * with other browsers, at the position where it was; it rests once the session is over. */
export class Source {
  private stream?: EventSource
  private user = ''
  private last = ''
  private failures = 0
  private live?: boolean
  private retry?: ReturnType<typeof setTimeout>
  private doubt?: ReturnType<typeof setTimeout>

  constructor(private readonly tell: (n: Note) => void, private readonly world: World = browser) {}

  /** Whether the stream is open, undefined as long as that is not known. */
  get state(): boolean | undefined {
    return this.live
  }

  start(user: string): void {
    if (this.user === user) return
    this.stop()
    this.user = user
    this.connect()
  }

  stop(): void {
    this.close()
    clearTimeout(this.doubt)
    this.doubt = undefined
    this.user = ''
    this.last = ''
    this.failures = 0
    this.live = undefined
  }

  /** The line is said to be back. */
  wake(): void {
    if (this.user && !this.stream) this.connect()
  }

  private connect(): void {
    this.close()
    const stream = this.world.open(this.last ? `/api/v1/live?after=${encodeURIComponent(this.last)}` : '/api/v1/live')
    this.stream = stream
    this.suspect()
    const hear = (name: string, then: (data: string) => void) =>
      stream.addEventListener(name, (e) => {
        this.last = (e as MessageEvent<string>).lastEventId
        then((e as MessageEvent<string>).data)
      })
    stream.addEventListener('open', () => this.opened())
    stream.addEventListener('error', () => this.failed(stream))
    hear('hello', () => this.tell({ kind: 'fresh' }))
    hear('reset', () => this.tell({ kind: 'reset' }))
    hear('change', (data) => this.tell({ kind: 'change', change: JSON.parse(data) as Change }))
  }

  private close(): void {
    clearTimeout(this.retry)
    this.stream?.close()
    this.stream = undefined
  }

  private opened(): void {
    this.failures = 0
    clearTimeout(this.doubt)
    this.doubt = undefined
    this.say(true)
  }

  private failed(stream: EventSource): void {
    if (stream !== this.stream) return
    const refused = stream.readyState === 2 // closed: the server answered, but not with a stream
    this.close()
    this.suspect()
    if (refused) void this.ask()
    else this.again()
  }

  private async ask(): Promise<void> {
    const user = this.user
    const signedIn = await this.world.signedIn().catch(() => true)
    if (this.user !== user || this.stream) return
    if (signedIn) return this.again()
    this.stop()
    this.tell({ kind: 'ended' })
  }

  private again(): void {
    const delay = Math.min(firstDelay * 2 ** this.failures++, longestDelay)
    this.retry = setTimeout(() => this.connect(), delay * (0.5 + this.world.random()))
  }

  private suspect(): void {
    this.doubt ??= setTimeout(() => this.say(false), grace)
  }

  private say(live: boolean): void {
    if (this.live === live) return
    this.live = live
    this.tell({ kind: 'state', live })
  }
}
