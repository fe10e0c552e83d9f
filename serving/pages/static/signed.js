// The list as the server signed it. Whatever was changed on the way or on the phone is not shown.

const bytes = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

export async function verified(list, key) {
  try {
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const made = await crypto.subtle.importKey("raw", bytes(key), curve, false, ["verify"]);
    const content = new TextEncoder().encode(list.document);
    const whole = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, made, bytes(list.signature), content);
    return whole ? JSON.parse(list.document) : null;
  } catch {
    return null;
  }
}
