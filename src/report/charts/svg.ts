/** What the page needs of a picture: no styles and ids that other pictures could share. */

/** What serves programs or repeats the style sheet of the page. */
const SPARE = / (?:class="zr[^"]*"|ecmeta_\w+="[^"]*"|pointer-events="[^"]*"|xml:space="[^"]*")/g;
const STYLES = /<style >[\s\S]*?<\/style>/g;
const BACKGROUND = /<rect [^>]*id="0"[^>]*><\/rect>/;
const FONT = / style="(?:font-size:(\d+)px;)?[^"]*"/g;
const PLACES = / (?:d|transform|points|x|y|width|height)="[^"]*"/g;

/** Size of texts in pictures, as the style sheet has it. */
const FONT_SIZE = "12";

/**
 * The picture with ids that begin with `id`, as wide as its place. Texts in it are escaped, so quotes and brackets are markup.
 * @param label what it shows, for those who do not see it; escaped
 */
export function embedded(svg: string, id: string, label: string): string {
  const start = (_: string, box: string): string => `<svg viewBox="${box}" role="img" aria-label="${label}">`;
  return svg
    .replace(/^<svg[^>]*viewBox="([^"]*)"[^>]*>/, start)
    .replace(BACKGROUND, "")
    .replaceAll(STYLES, "")
    .replaceAll(SPARE, "")
    .replaceAll(FONT, (_, size?: string) => (size === undefined || size === FONT_SIZE ? "" : ` font-size="${size}"`))
    .replaceAll(/(?<=id="|url\(#)zr\d+/g, id)
    .replaceAll(PLACES, (attribute) => attribute.replaceAll(/(\.\d\d)\d+/g, "$1"))
    .replaceAll(/>\s+</g, "><");
}
