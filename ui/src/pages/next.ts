/** The path to go to after signing in. Only paths of this site: an address from outside could lead anywhere. Pure. */
export function safePath(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}
