package import Platform

/// Bytes to a server and back, for one thread: a socket, or TLS on top of one.
package protocol ByteTransport: AnyObject {
    /// Sends what there is room for; returns how many bytes.
    /// - Throws: ``HTTPClientError`` when the connection broke, or there was no room in time.
    func send(_ bytes: Span<UInt8>) throws(HTTPClientError) -> Int

    /// Receives up to `maximumBytes`: empty at the end of the stream, nil when nothing came within `milliseconds`.
    /// - Throws: ``HTTPClientError`` when the connection broke.
    func receive(maximumBytes: Int, milliseconds: Int) throws(HTTPClientError) -> [UInt8]?
}

extension ByteTransport {
    /// Sends all of `bytes`.
    /// - Throws: ``HTTPClientError`` when the connection broke, or there was no room in time.
    package func sendAll(_ bytes: [UInt8]) throws(HTTPClientError) {
        var sent = 0
        while sent < bytes.count { sent += try send(bytes.span.extracting(sent...)) }
    }
}

/// A TCP connection.
package final class SocketTransport: ByteTransport {
    private let socket: FileDescriptor

    /// Connects within `timeoutSeconds`, which bound each later send too.
    /// - Throws: ``HTTPClientError/connection(_:)``.
    package init(to address: SocketAddress, timeoutSeconds: Int) throws(HTTPClientError) {
        do {
            socket = try FileDescriptor(connectingTo: address, timeoutSeconds: timeoutSeconds)
        } catch {
            throw .connection("\(address): \(error)")
        }
    }

    /// Sends what there is room for; returns how many bytes.
    /// - Throws: ``HTTPClientError``.
    package func send(_ bytes: Span<UInt8>) throws(HTTPClientError) -> Int {
        do {
            return try socket.send(bytes)
        } catch {
            throw error.isWouldBlock ? .silence : .connection("\(error)")
        }
    }

    /// Receives up to `maximumBytes`: empty at the end of the stream, nil when nothing came within `milliseconds`.
    /// - Throws: ``HTTPClientError``.
    package func receive(maximumBytes: Int, milliseconds: Int) throws(HTTPClientError) -> [UInt8]? {
        do {
            guard try socket.waitUntilReadable(milliseconds: milliseconds) else { return nil }
            return try socket.receive(maximumBytes: maximumBytes)
        } catch {
            throw .connection("\(error)")
        }
    }
}
