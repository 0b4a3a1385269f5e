/** A model's name as Ollama completes it: without a tag it means `latest`. */
export function fullModelName(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last.includes(':') ? name : `${name}:latest`;
}
