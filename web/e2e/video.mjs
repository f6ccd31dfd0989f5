// A real video made here: the browser draws and encodes it, the container is written by hand.
const width = 320
const height = 180
const step = 500 // ms a frame

const u16 = (...n) => Buffer.concat(n.map((v) => Buffer.of((v >> 8) & 255, v & 255)))
const u32 = (...n) => Buffer.concat(n.map((v) => Buffer.of((v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255)))
const text = (s) => Buffer.from(s, 'latin1')
const zeros = (n) => Buffer.alloc(n)
const box = (type, ...parts) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([u32(8 + body.length), text(type), body])
}
const full = (type, version, flags, ...parts) => box(type, u32((version << 24) | flags), ...parts)
const upright = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

/** How one picture after the other is found in the file (ISO 14496-12). */
function moov(frames, offsets) {
  const length = frames.length * step
  const picture = box('vp09', zeros(6), u16(1), zeros(16), u16(width, height), u32(0x480000, 0x480000, 0), u16(1), zeros(32), u16(0x18, 0xffff),
    full('vpcC', 1, 0, Buffer.of(0, 10, 0x82, 2, 2, 2), u16(0)))
  const table = box('stbl',
    full('stsd', 0, 0, u32(1), picture),
    full('stts', 0, 0, u32(1, frames.length, step)),
    full('stss', 0, 0, u32(frames.filter((f) => f.key).length, ...frames.flatMap((f, i) => (f.key ? [i + 1] : [])))),
    full('stsc', 0, 0, u32(1, 1, 1, 1)),
    full('stsz', 0, 0, u32(0, frames.length, ...frames.map((f) => f.data.length))),
    full('stco', 0, 0, u32(frames.length, ...offsets)))
  const media = box('mdia',
    full('mdhd', 0, 0, u32(0, 0, 1000, length), u16(0x55c4, 0)),
    full('hdlr', 0, 0, u32(0), text('vide'), zeros(13)),
    box('minf', full('vmhd', 0, 1, zeros(8)), box('dinf', full('dref', 0, 0, u32(1), full('url ', 0, 1))), table))
  return box('moov',
    full('mvhd', 0, 0, u32(0, 0, 1000, length, 0x10000), u16(0x100), zeros(10), upright, zeros(24), u32(2)),
    box('trak', full('tkhd', 0, 7, u32(0, 0, 1, 0, length), zeros(16), upright, u32(width << 16, height << 16)), media))
}

/** An mp4 of so many seconds and at least so many bytes, with its table of contents at the
 * end, as telephones write it: a player that can not ask for ranges must read all of it. */
export async function mp4(page, seconds, size) {
  const encoded = await page.evaluate(async ({ width, height, step, count }) => {
    const frames = []
    let broken
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength)
        chunk.copyTo(data)
        frames.push({ key: chunk.type === 'key', data: btoa(String.fromCharCode(...data)) })
      },
      error: (e) => { broken = e },
    })
    encoder.configure({ codec: 'vp09.00.10.08', width, height })
    const canvas = new OffscreenCanvas(width, height)
    const pen = canvas.getContext('2d')
    for (let i = 0; i < count; i++) {
      pen.fillStyle = `hsl(${i * 20} 60% 50%)`
      pen.fillRect(0, 0, width, height)
      const frame = new VideoFrame(canvas, { timestamp: i * step * 1000 })
      encoder.encode(frame, { keyFrame: i % 4 === 0 })
      frame.close()
    }
    await encoder.flush()
    if (broken) throw broken
    return frames
  }, { width, height, step, count: (seconds * 1000) / step })
  const frames = encoded.map((f) => ({ key: f.key, data: Buffer.from(f.data, 'base64') }))
  const ftyp = box('ftyp', text('isom'), u32(512), text('isomiso2mp41'))
  const gap = zeros(Math.ceil(size / frames.length))
  const offsets = []
  let at = ftyp.length + 8
  for (const f of frames) {
    offsets.push(at)
    at += f.data.length + gap.length
  }
  const mdat = box('mdat', ...frames.flatMap((f) => [f.data, gap]))
  return Buffer.concat([ftyp, mdat, moov(frames, offsets)])
}
