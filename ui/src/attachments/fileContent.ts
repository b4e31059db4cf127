/** A chosen file on its way to Rust: bounded before it is read, and as base64. */
import { failure, PlatformFailure } from "@/platform";

/** What may be chosen; what a file is, its bytes decide, in Rust. */
export const KINDS = "image/jpeg,image/png,image/webp,application/pdf";
/** Most bytes of a file, whatever the study allows (`MAX_CONTENT` in Rust): a larger one is not even read. */
export const MOST = 20 * 1024 * 1024;

/** Reads a file as base64. Rejects with a {@link PlatformFailure}. */
export async function contentOf(file: File): Promise<string> {
  if (file.size > MOST)
    throw new PlatformFailure(
      failure("attachment_too_large", { size: String(file.size), limit: String(MOST) }),
    );
  try {
    return base64(new Uint8Array(await file.arrayBuffer()));
  } catch {
    throw new PlatformFailure(failure("attachment_unreadable"));
  }
}

/** In pieces of a multiple of three bytes, as the whole would be too many arguments at once. */
export function base64(bytes: Uint8Array): string {
  const PIECE = 3 * 8_192;
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return text;
}
