/** The words of the filters. */
export const categories = [
  { value: 'ordinary', title: '一般个人信息' }, { value: 'sensitive', title: '敏感个人信息' }, { value: 'credential', title: '鉴别信息' },
  { value: 'free', title: '可能提及个人的文字' }, { value: 'link', title: '人员编号' },
]
export const fates = [{ value: 'delete', title: '删除' }, { value: 'pseudonymise', title: '去标识化' }, { value: 'keep', title: '保留' }]

/** Why somebody sees a number. */
export const purposes = [
  { value: 'contact', title: '督办联系' }, { value: 'identity', title: '核对身份' }, { value: 'credit', title: '核对学时登记' },
  { value: 'request', title: '办理本人申请' }, { value: 'incident', title: '处置安全事件' }, { value: 'other', title: '其他' },
] as const
export type Purpose = (typeof purposes)[number]['value']

export const fields = [{ value: 'id_number', title: '身份证件号' }, { value: 'phone', title: '手机号' }, { value: 'password', title: '初始密码' }] as const
/** What is shown of one person; passwords are given out as a file only. */
export type Field = 'id_number' | 'phone'
export type ReadField = (typeof fields)[number]['value']

/** What people may ask about their own data. */
export const requestKinds = [
  { value: 'access', title: '查阅' }, { value: 'copy', title: '复制' }, { value: 'correct', title: '更正' }, { value: 'delete', title: '删除' },
] as const
export const corrections = [
  { value: 'name', title: '姓名' }, { value: 'id_number', title: '身份证件号' }, { value: 'phone', title: '手机号' }, { value: 'org', title: '所在单位' },
  { value: 'role', title: '身份、职务' }, { value: 'study', title: '研修与考核记录' }, { value: 'credit', title: '学时' }, { value: 'other', title: '其他' },
] as const
export type Correction = (typeof corrections)[number]['value']
/** These are written when the request is met; the others somebody corrects where they are kept. */
export const written: readonly string[] = ['name', 'id_number', 'phone']
export type RequestKind = (typeof requestKinds)[number]['value']
