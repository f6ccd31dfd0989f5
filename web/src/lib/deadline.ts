/** What is known of a deadline; the server counts the working days. */
export interface Due {
  due_at?: string
  days_left?: number
  days_over?: number
  overdue?: boolean
}

export interface Wording {
  text: string
  tone: 'none' | 'calm' | 'soon' | 'over'
}

/** Few enough days to say so in the colour of warnings. */
const soon = 3

/** 还剩 3 个工作日, 今天到期, 逾期 5 个工作日, 未设期限. */
export function deadline(due: Due): Wording {
  if (due.overdue || (due.days_over ?? 0) > 0) {
    const over = due.days_over ?? 0
    return { text: over > 0 ? `逾期 ${over} 个工作日` : '已逾期', tone: 'over' }
  }
  if (!due.due_at) return { text: '未设期限', tone: 'none' }
  if (due.days_left === undefined) return { text: '', tone: 'calm' }
  if (due.days_left <= 0) return { text: '今天到期', tone: 'soon' }
  return { text: `还剩 ${due.days_left} 个工作日`, tone: due.days_left <= soon ? 'soon' : 'calm' }
}

/** 已等待 12 个工作日, 今天开始等待. */
export function waited(days: number | undefined): string {
  if (days === undefined) return ''
  return days <= 0 ? '今天开始等待' : `已等待 ${days} 个工作日`
}
