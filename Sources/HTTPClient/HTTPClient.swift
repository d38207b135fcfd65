package import Platform

/// A small HTTP/1.1 client; one connection for one request.
package struct HTTPClient: Sendable {
    /// Opens a connection within so many seconds. The client holds it as long as it lives.
    package typealias Connect = @Sendable (SocketAddress, Int) throws(HTTPClientError) -> any ByteTransport

    /// The server.
    package let server: ServerAddress
    /// The key that opens it, if there is one.
    package let key: String?
    private let connect: Connect

    /// Over TCP.
    package static let socket: Connect = { address, seconds throws(HTTPClientError) in
        try SocketTransport(to: address, timeoutSeconds: seconds)
    }

    /// A client of the server at `url`: `http://host[:port][/prefix]`; a closing `/v1` is dropped.
    /// - Throws: ``HTTPClientError/address(_:)``.
    package init(url: String, key: String?, connect: @escaping Connect = HTTPClient.socket) throws(HTTPClientError) {
        server = try ServerAddress(url: url, key: key)
        self.key = key
        self.connect = connect
    }

    /// Connects and says nothing.
    /// - Throws: ``HTTPClientError/connection(_:)`` when nobody listens there.
    package func checkThatSomebodyListens(timeoutSeconds: Int) throws(HTTPClientError) {
        _ = try connect(server.socket, timeoutSeconds)
    }

    /// Sends a request and returns at once; the answer is read later.
    package func open(_ request: ClientRequest, limits: ClientLimits) -> ClientExchange {
        ClientExchange(request, bytes: request.bytes(to: server, key: key), limits: limits) {
            () throws(HTTPClientError) in try connect(server.socket, limits.connectSeconds)
        }
    }

    /// Sends a request and reads the whole answer.
    /// - Throws: ``HTTPClientError`` when there is none, or only a part of one.
    package func answer(to request: ClientRequest, limits: ClientLimits) throws(HTTPClientError) -> ClientAnswer {
        let answer = open(request, limits: limits).whole()
        if let fault = answer.fault { throw fault }
        return answer
    }
}
