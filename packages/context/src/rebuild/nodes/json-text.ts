/** A value of a node's metadata or of a payload as text; '' for what is no text. */
export function jsonText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
