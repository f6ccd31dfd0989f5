/** How a file is shown in the page. */
export type Viewer = 'pdf' | 'docx' | 'image' | 'video' | 'audio' | 'text'

// What the server lets be shown inline, by the extension that it has checked.
const viewers: Record<string, Viewer> = {
  pdf: 'pdf', docx: 'docx', png: 'image', jpg: 'image', jpeg: 'image', gif: 'image', webp: 'image',
  mp4: 'video', webm: 'video', mp3: 'audio', txt: 'text',
}

const sheets = ['xls', 'xlsx', 'ppt', 'pptx', 'doc', 'wps']

/** More than this is not read into memory for a preview; pictures, sound and video come in
 * pieces. */
const largest = 60 << 20

export function extension(name: string): string {
  const at = name.lastIndexOf('.')
  return at < 0 ? '' : name.slice(at + 1).toLowerCase()
}

/** The viewer for a file, or why it has none. */
export function viewerOf(file: { name: string; size?: number }): { viewer: Viewer } | { why: string } {
  const ext = extension(file.name)
  const viewer = viewers[ext]
  if (!viewer) {
    if (sheets.includes(ext)) return { why: `${ext} 文件要用办公软件打开，页面中显示会走样。请下载后查看。` }
    if (ext === 'zip') return { why: '压缩包里有多个文件，请下载后解开查看。' }
    return { why: `页面中不能显示 ${ext || '没有扩展名的'} 文件，请下载后查看。` }
  }
  if ((file.size ?? 0) > largest && ['pdf', 'docx', 'text'].includes(viewer)) {
    return { why: '文件较大，页面中打开会很慢。请下载后查看。' }
  }
  return { viewer }
}
