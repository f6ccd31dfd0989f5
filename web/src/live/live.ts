export function startLive(): void {}
export function stopLive(): void {}
