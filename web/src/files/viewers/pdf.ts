import { getDocument, GlobalWorkerOptions, type PDFDocumentLoadingTask, VerbosityLevel, version } from 'pdfjs-dist/legacy/build/pdf.mjs'
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'

// The build puts pdf.js's tables and fonts here under their own names, see tools/pdfjs.ts.
const base = `${import.meta.env.BASE_URL}assets/pdfjs-${version}/`

GlobalWorkerOptions.workerSrc = workerUrl

/** Opens a PDF. Old browsers are common in schools, so it is pdf.js's build for them. */
export function openPdf(data: Uint8Array): PDFDocumentLoadingTask {
  return getDocument({
    data,
    cMapUrl: base + 'cmaps/',
    standardFontDataUrl: base + 'standard_fonts/',
    wasmUrl: base + 'wasm/',
    isEvalSupported: false,
    enableXfa: false,
    verbosity: VerbosityLevel.ERRORS, // a font that this computer has not is no news
  })
}
