import TrellisAPI
import TrellisModel

extension InputReader {
    /// Reads `privateDnsEnabled` and `dnsOptions`.
    ///
    /// - Returns: `nil` if private DNS is not enabled.
    /// - Source: the `DnsOptions` shape: options only with private DNS, domains only with a preference that speaks of
    ///   them. That such a preference needs domains is chosen.
    func privateDNS() -> PrivateDNSOptions? {
        let flag = boolean("privateDnsEnabled")
        let isEnabled = flag ?? false
        guard let options = object("dnsOptions") else { return isEnabled ? PrivateDNSOptions() : nil }
        // Of options beside a flag that is wrong nothing more is to be said.
        guard isEnabled || flag == nil && has("privateDnsEnabled") else {
            report("dnsOptions", "Member is allowed only where privateDnsEnabled is true")
            return nil
        }
        let preference: PrivateDNSOptions.Preference? = options.enumeration("privateDnsPreference")
        let domains = options.specifiedDomains()
        // Of a preference that is wrong nothing more is to be said.
        if preference != nil || !options.has("privateDnsPreference") {
            options.checkDomains(for: preference ?? .verifiedDomainsOnly)
        }
        return PrivateDNSOptions(preference: preference ?? .verifiedDomainsOnly, specifiedDomains: domains)
    }

    private func specifiedDomains() -> [String] {
        let name = "privateDnsSpecifiedDomains"
        let domains = strings(name, count: LatticeShapes.privateDNSDomains, as: LatticeShapes.privateDNSDomain) ?? []
        for domain in domains where !DomainName.isValid(domain, allowsWildcard: true) {
            report(name, value: domain, DomainName.wildcardConstraint)
        }
        return domains
    }

    private func checkDomains(for preference: PrivateDNSOptions.Preference) {
        let isGiven = has("privateDnsSpecifiedDomains")
        if preference.takesDomains, !isGiven {
            reportMissing("privateDnsSpecifiedDomains")
        } else if !preference.takesDomains, isGiven {
            report(
                "privateDnsSpecifiedDomains",
                "Member is not allowed with the privateDnsPreference \(preference.rawValue)")
        }
    }
}

extension PrivateDNSOptions {
    var json: JSONValue {
        .object(omittingNil: [
            "privateDnsPreference": .raw(preference),
            "privateDnsSpecifiedDomains": specifiedDomains.isEmpty ? nil : .strings(specifiedDomains),
        ])
    }
}
