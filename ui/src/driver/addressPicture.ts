/** The address in a photo of the driver's screen: bounded before it is read, decoded here, and kept nowhere. */
import { failure, PlatformFailure } from "@/platform";

export const PICTURES = "image/jpeg,image/png,image/webp";
/** Most bytes of a picture: a telephone's photo has a few million. */
const MOST = 20 * 1024 * 1024;
/** Longest sides, in pixels, at which a code is looked for: fine noise of a large photo goes away in a smaller one. */
const SIDES = [1_200, 600, 2_400];
/** What a picture of the address begins with (`SCHEME` in Rust), so that it is known from a tube's. */
const SCHEME = "tsela-carrier:";

/** Reads a carrier's address from a picture. Rejects with a {@link PlatformFailure}. */
export async function addressIn(picture: Blob): Promise<string> {
  if (picture.size > MOST) throw refused("address_picture_too_large");
  const bitmap = await createImageBitmap(picture).catch(() => {
    throw refused("address_picture_unreadable");
  });
  try {
    // Fetched by who has a picture, not by every page.
    const { default: decode } = await import("qr/decode.js");
    for (const side of SIDES) {
      const text = codeIn(pixels(bitmap, side), decode);
      if (text?.startsWith(SCHEME)) return text;
      if (text !== undefined) throw refused("address_picture_foreign");
    }
  } finally {
    bitmap.close();
  }
  throw refused("address_picture_empty");
}

function codeIn(image: ImageData, decode: (image: ImageData) => string): string | undefined {
  try {
    return decode(image);
  } catch {
    return undefined;
  }
}

/** On white: what is transparent would count as black. */
function pixels(bitmap: ImageBitmap, side: number): ImageData {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const drawing = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  if (!drawing) throw refused("address_picture_unreadable");
  drawing.fillStyle = "white";
  drawing.fillRect(0, 0, width, height);
  drawing.drawImage(bitmap, 0, 0, width, height);
  return drawing.getImageData(0, 0, width, height);
}

const refused = (code: string) => new PlatformFailure(failure(code));
