import type { Schemas } from '@/api/client'

export interface Draft {
  environment: string
  strengths: string
  weaknesses: string
  opportunities: string
  threats: string
}

/** The four boxes of a SWOT, in the order in which they stand two by two. */
export const boxes: { key: Exclude<keyof Draft, 'environment'>; name: string; hint: string }[] = [
  { key: 'strengths', name: '优势(S)', hint: '本校信息化环境与教师应用上做得好的、可依靠的' },
  { key: 'weaknesses', name: '劣势(W)', hint: '本校自身的不足，例如设备、学科之间的不平衡' },
  { key: 'opportunities', name: '机会(O)', hint: '可以利用的政策、项目、资源与指导' },
  { key: 'threats', name: '威胁(T)', hint: '来自外部的困难，例如时间、经费、生源' },
]

export function draftOf({ environment, strengths, weaknesses, opportunities, threats }: Schemas['Diagnosis']): Draft {
  return { environment, strengths, weaknesses, opportunities, threats }
}
