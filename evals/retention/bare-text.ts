/** Without white space, and without what a diff puts before a line. */
export function bare(text: string): string {
  return text.replace(/^[+-](?![+-]{2})/gm, '').replace(/\s+/g, '');
}
