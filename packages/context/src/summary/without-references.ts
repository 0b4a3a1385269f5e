/** Takes the arrows out of text that others wrote, so that it cannot pass for references of ours. */
export function withoutReferences(text: string): string {
  return text.replaceAll('[→', '[->').replaceAll('[←', '[<-');
}
