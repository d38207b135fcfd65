import Testing

/// The tests that block a thread each on a socket: one at a time, so that the server's own threads stay free.
@Suite(.serialized) enum Sockets {}
