/** The most threads that may share a program: workspaces have room for as many. */
export const MOST_THREADS = 64;
