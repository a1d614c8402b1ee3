/** What is read of a URL, so that types do without those of a host. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
  readonly pathname: string;
}

/** Whether a value is a URL, of any realm. */
export function isUrl(value: unknown): value is UrlLike {
  return (
    Object.prototype.toString.call(value) === "[object URL]" && typeof Reflect.get(value as object, "href") === "string"
  );
}
