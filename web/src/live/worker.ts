import { type Call, Exchange } from '@/live/exchange'

// Runs as a SharedWorker: once in a browser, whatever the number of its tabs.
const exchange = new Exchange()

addEventListener('connect', (e) => {
  const port = (e as MessageEvent).ports[0]!
  port.onmessage = (m: MessageEvent<Call>) => exchange.take(port, m.data)
})
addEventListener('online', () => exchange.wake())
