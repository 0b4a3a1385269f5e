import { cutAt } from '../code/source-text.ts';
import type { DetailLevel, NodeType, StoredNode } from './cache-node.ts';

/**
 * A node's part of a text at one level of detail; '' where it has nothing to say beyond its heading.
 *
 * @param content Its whole text at the level `body`, parts of it at `excerpt`; null where there is none.
 */
export function nodeText(node: StoredNode, level: DetailLevel, content: string | null): string {
  if (content !== null)
    return isCode(node) ? fenced(content) : `${noteText(node, 'summary')}\n${fenced(content)}`;
  if (node.type === 'module' || node.type === 'task') return headedText(node, level);
  if (node.type === 'function' || isDeclaration(node)) return declarationText(node, level);
  return noteText(node, level);
}

/** The line above the parts of a module: `## validators.py`. */
export function headingOf(node: StoredNode): string {
  return node.type === 'task' ? `# Task ${node.name}` : `## ${node.name}`;
}

/** Whether the node is a piece of code (or what holds it) rather than something that happened to it. */
export function isCode(node: StoredNode): boolean {
  return codeTypes.has(node.type) || isDeclaration(node);
}

const codeTypes: ReadonlySet<NodeType> = new Set(['module', 'function', 'library']);

function isDeclaration(node: StoredNode): boolean {
  return node.type === 'concept' && node.signature !== null;
}

function headedText(node: StoredNode, level: DetailLevel): string {
  if (level === 'reference') return '';
  return level === 'signature' ? (node.signature ?? firstSentence(node.summary)) : node.summary;
}

/** Characters of a signature where it stands alone; whole it stands beside its summary. */
const briefLength = 160;

function declarationText(node: StoredNode, level: DetailLevel): string {
  if (level === 'reference') return `[→ ${node.name}]`;
  const signature = node.signature ?? node.name;
  if (level === 'signature') return cutAt(signature, briefLength);
  if (node.summary === '') return signature;
  return `${signature}\n  ${node.summary}`;
}

function noteText(node: StoredNode, level: DetailLevel): string {
  if (level === 'reference') return `- [→ ${node.name}]`;
  const said = level === 'signature' ? (node.signature ?? firstLine(node.summary)) : node.summary;
  return said === '' || said === node.name ? `- ${node.name}` : `- ${node.name}: ${said}`;
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

function firstSentence(text: string): string {
  return /^[^\n]*?[.!?](?=\s|$)/.exec(text)?.[0] ?? firstLine(text);
}

function fenced(body: string): string {
  const fence = body.includes('```') ? '````' : '```';
  return `${fence}\n${body}\n${fence}`;
}

/** What a node is found by. */
export function searchText(node: StoredNode): string {
  return `${node.name} ${node.signature ?? ''} ${node.summary}`;
}
