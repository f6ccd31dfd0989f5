import type { Schemas } from '@/api/client'
import type { Problem } from '@/api/problem'

export type SlotKind = Schemas['SlotKind']
export type FileVersion = Schemas['FileVersion']

/** The place a file goes to. */
export interface Target {
  caseId: string
  kind: SlotKind
  /** Which within the kind; "/n" behind it where a slot holds several. */
  key?: string
}

export type Step = 'hashing' | 'uploading' | 'checking'

/** What an attempt has reached; a later one goes on from there. */
export interface Progress {
  sum?: string
  grant?: Schemas['UploadGrant']
  posted?: boolean
  /** A large file comes in parts. */
  large?: Schemas['LargeUpload']
  handedIn?: boolean
}

/** One file on its way. */
export interface Item {
  readonly id: number
  readonly file: File
  readonly target: Target
  state: 'waiting' | Step | 'paused' | 'done' | 'failed'
  /** How much of the present step is done, 0 to 1. */
  share: number
  /** Seconds that the upload will still take, once that can be told. */
  left?: number
  problem?: Problem
  version?: FileVersion
}
