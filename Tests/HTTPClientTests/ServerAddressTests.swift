import HTTPClient
import Testing

/// Addresses as people write them.
@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", ""), ("http://host", "host:80", ""),
        ("http://host:1/v1", "host:1", ""), ("http://host/a/b/v1/", "host:80", "/a/b"),
        ("http://[::1]:8080/", "[::1]:8080", ""), ("http://[::1]", "[::1]:80", ""),
    ])
    func anAddressHasAHostAPortAndAPrefix(url: String, socket: String, prefix: String) throws {
        let address = try ServerAddress(url: url, key: "key")
        #expect("\(address.socket)" == socket && address.prefix == prefix)
    }

    @Test(arguments: [
        ("https://host", nil), ("host:80", nil), ("http://", nil), ("http://:80", nil), ("http://host:x", nil),
        ("http://host:65536", nil), ("http://a b", nil), ("http://é", nil), ("http://host", "a\r\nb"),
        ("http://host", "a b"),
    ])
    func whatIsNoneIsRefused(url: String, key: String?) {
        #expect(throws: HTTPClientError.self) { try ServerAddress(url: url, key: key) }
    }
}
