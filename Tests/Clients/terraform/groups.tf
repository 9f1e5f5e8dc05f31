# Target groups of the other types, their targets, and listeners by TLS.

locals {
  vpc = "vpc-0123456789abcdef1"
}

resource "aws_vpclattice_target_group" "addresses" {
  name = "terraform-addresses"
  type = "IP"
  config {
    port             = 8080
    protocol         = "HTTP"
    protocol_version = "HTTP1"
    ip_address_type  = "IPV4"
    vpc_identifier   = local.vpc
    health_check {
      enabled                       = true
      health_check_interval_seconds = 20
      health_check_timeout_seconds  = 10
      healthy_threshold_count       = 7
      unhealthy_threshold_count     = 3
      path                          = "/instance"
      protocol                      = "HTTP"
      protocol_version              = "HTTP1"
      matcher {
        value = "200-299"
      }
    }
  }
}

resource "aws_vpclattice_target_group_attachment" "address" {
  target_group_identifier = aws_vpclattice_target_group.addresses.id
  target {
    id   = "127.0.0.1"
    port = 81
  }
}

resource "aws_vpclattice_target_group" "instances" {
  name = "terraform-instances"
  type = "INSTANCE"
  config {
    port           = 443
    protocol       = "HTTPS"
    vpc_identifier = local.vpc
  }
}

resource "aws_vpclattice_target_group_attachment" "instance" {
  target_group_identifier = aws_vpclattice_target_group.instances.id
  target {
    id = "i-0123456789abcdef0"
  }
}

resource "aws_vpclattice_target_group" "balancer" {
  name = "terraform-balancer"
  type = "ALB"
  config {
    port             = 443
    protocol         = "HTTPS"
    protocol_version = "HTTP1"
    vpc_identifier   = local.vpc
  }
}

resource "aws_vpclattice_target_group" "connections" {
  name = "terraform-connections"
  type = "IP"
  config {
    port           = 5432
    protocol       = "TCP"
    vpc_identifier = local.vpc
    health_check {
      enabled = false
    }
  }
}

resource "aws_vpclattice_target_group_attachment" "connection" {
  target_group_identifier = aws_vpclattice_target_group.connections.id
  target {
    id = "127.0.0.1"
  }
  depends_on = [aws_vpclattice_listener.passthrough]
}

resource "aws_vpclattice_service" "tls" {
  name               = "terraform-tls"
  custom_domain_name = "tls.example"
}

resource "aws_vpclattice_listener" "passthrough" {
  name               = "passthrough"
  protocol           = "TLS_PASSTHROUGH"
  port               = 8443
  service_identifier = aws_vpclattice_service.tls.id
  default_action {
    forward {
      target_groups {
        target_group_identifier = aws_vpclattice_target_group.connections.id
      }
    }
  }
}

resource "aws_vpclattice_listener" "https" {
  name               = "https"
  protocol           = "HTTPS"
  service_identifier = aws_vpclattice_service.tls.id
  default_action {
    forward {
      target_groups {
        target_group_identifier = aws_vpclattice_target_group.balancer.id
      }
    }
  }
}
