/** The words of the inventory's filters. */
export const categories = [
  { value: 'ordinary', title: '一般个人信息' }, { value: 'sensitive', title: '敏感个人信息' }, { value: 'credential', title: '鉴别信息' },
  { value: 'free', title: '可能提及个人的文字' }, { value: 'link', title: '人员编号' },
]
export const fates = [{ value: 'delete', title: '删除' }, { value: 'pseudonymise', title: '去标识化' }, { value: 'keep', title: '保留' }]
