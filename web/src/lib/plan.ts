/** How a project stands to its plan; the server counts the working days. */
export interface Standing {
  behind: number
  percent: number
}

/** 落后 8 个工作日（118%）, 提前 3 个工作日（80%）, 按计划（95%）. */
export function planWords(p: Standing): { text: string; tone: 'behind' | 'ahead' | 'even' } {
  const share = `（${p.percent}%）`
  if (p.behind > 0) return { text: `落后 ${p.behind} 工作日${share}`, tone: 'behind' }
  if (p.behind < 0) return { text: `提前 ${-p.behind} 工作日${share}`, tone: 'ahead' }
  return { text: `按计划${share}`, tone: 'even' }
}
