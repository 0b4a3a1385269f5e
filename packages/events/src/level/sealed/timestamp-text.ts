const digits = (length: number) => (_: unknown, n: number) => `${n}`.padStart(length, '0');
const seconds = Array.from({ length: 60 }, digits(2));
const milliseconds = Array.from({ length: 1_000 }, digits(3)).map((text) => `.${text}Z`);

/**
 * Gives milliseconds since 1970 as `2026-11-23T10:00:00.000Z`. Made for times that lie close together, one after the
 * other: an order of magnitude quicker than `Date` for those.
 */
export function createTimestampText(): (time: number) => string {
  let minute = Number.NaN;
  let upToMinute = '';
  let second = Number.NaN;
  let upToSecond = '';
  return (time) => {
    const thisSecond = Math.floor(time / 1_000);
    if (thisSecond !== second) {
      const thisMinute = Math.floor(thisSecond / 60);
      if (thisMinute !== minute) {
        upToMinute = new Date(thisMinute * 60_000).toISOString().slice(0, 17);
        minute = thisMinute;
      }
      upToSecond = upToMinute + seconds[thisSecond - thisMinute * 60];
      second = thisSecond;
    }
    return upToSecond + milliseconds[time - thisSecond * 1_000];
  };
}
