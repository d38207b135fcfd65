import HTTP
import Testing

@Suite struct HostRuleTests {
    @Test(arguments: [
        "localhost", "LocalHost:8080", "michat.localhost", "localhost.", "127.0.0.1", "127.0.0.1:9", "127.255.1.2:1",
        "[::1]", "[::1]:8080",
    ])
    func loopbackNamesReachALoopbackServer(host: String) {
        for address in ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"] {
            #expect(HostRule(listeningOn: address, allowed: []).allows(host), "\(address)")
        }
    }

    @Test(arguments: [
        "", "evil.example", "127.0.0.1.evil.example", "127.evil.example", "127.0.0", "127.0.0.256",
        "128.0.0.1", "localhost.evil.example", "evillocalhost", "[::1].evil.example", "[::1", "::2", "[::]", "0.0.0.0",
        "127.0.0.+1", "127.0.0.0001",
    ])
    func otherNamesDoNot(host: String) {
        #expect(!HostRule(listeningOn: "127.0.0.1", allowed: []).allows(host))
        #expect(!HostRule(listeningOn: "127.0.0.1", allowed: ["chat.example"]).allows(host))
    }

    @Test(arguments: ["chat.example", "Chat.Example:443", "chat.example."])
    func listedNamesDoWhateverTheirCaseAndPort(host: String) {
        #expect(HostRule(listeningOn: "127.0.0.1", allowed: [" CHAT.example:1 ", ""]).allows(host))
        #expect(!HostRule(listeningOn: "127.0.0.1", allowed: ["other.example"]).allows(host))
    }

    @Test func aStarIsAnyName() {
        #expect(HostRule(listeningOn: "127.0.0.1", allowed: ["*"]).allows("evil.example"))
        #expect(!HostRule(listeningOn: "127.0.0.1", allowed: ["a.example"]).allows("*"))
    }

    @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "chat.example", "127.evil.example"])
    func aServerThatListensElsewhereTakesEveryName(address: String) {
        #expect(HostRule(listeningOn: address, allowed: []).allows("evil.example"))
        #expect(HostRule(listeningOn: address, allowed: ["a.example"]).allows("evil.example"))
    }
}
