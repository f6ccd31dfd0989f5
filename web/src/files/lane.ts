// A few at a time: more would only slow each other down on a school's line.
const width = 3

const waiting: (() => Promise<void>)[] = []
let running = 0

/** Runs the task when one of the lane's places is free; all uploads of the page share it. */
export function enqueue(task: () => Promise<void>): void {
  waiting.push(task)
  pump()
}

function pump(): void {
  while (running < width && waiting.length > 0) {
    running++
    void waiting.shift()!().finally(() => {
      running--
      pump()
    })
  }
}
