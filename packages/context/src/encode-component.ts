/** `encodeURIComponent` for any string: lone surrogates, which have no UTF-8, are written as `%u` and four digits. */
export function encodeComponent(text: string): string {
  return text
    .split(/(\p{Cs})/u)
    .map((part, index) =>
      index % 2 === 0
        ? encodeURIComponent(part)
        : `%u${part.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .join('');
}
