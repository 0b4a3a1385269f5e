/**
 * A whole text message of a server as one WebSocket frame: FIN, unmasked (RFC 6455 § 5.2).
 *
 * @param text the message in UTF-8
 */
export function textFrame(text: Buffer): Buffer {
  const { length } = text;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  text.copy(frame, head);
  return frame;
}
