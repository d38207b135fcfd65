import HTTPClient

/// A server that says what it was told to say, in these pieces.
final class ScriptedTransport: ByteTransport {
    private var pieces: [Piece]
    private(set) var sent: [UInt8] = []

    /// What happens at one receive.
    enum Piece {
        case bytes(String)
        /// Nothing comes in time.
        case nothing
        case end
        case failure(HTTPClientError)
    }

    init(_ pieces: [Piece]) { self.pieces = pieces }

    /// What was sent, as text.
    var sentText: String { String(decoding: sent, as: UTF8.self) }

    func send(_ bytes: Span<UInt8>) throws(HTTPClientError) -> Int {
        let count = min(7, bytes.count)
        for index in 0..<count { sent.append(bytes[index]) }
        return count
    }

    func receive(maximumBytes: Int, milliseconds: Int) throws(HTTPClientError) -> [UInt8]? {
        guard !pieces.isEmpty else { throw .connection("received more than was scripted") }
        switch pieces.removeFirst() {
        case .bytes(let text): return Array(text.utf8)
        case .nothing: return nil
        case .end: return []
        case .failure(let error): throw error
        }
    }
}
