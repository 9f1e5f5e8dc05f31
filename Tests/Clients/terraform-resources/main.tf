terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "address" {
  type    = string
  default = "10.0.0.7"
}

variable "security_groups" {
  type    = list(string)
  default = ["sg-0123456789abcdef0"]
}

# Endpoint, Region and credentials come from `trellis env`.
provider "aws" {}

resource "aws_vpclattice_resource_gateway" "gateway" {
  name               = "terraform"
  vpc_id             = "vpc-0123456789abcdef0"
  subnet_ids         = ["subnet-0123456789abcdef0"]
  security_group_ids = var.security_groups
  tags = {
    team = "data"
  }
}

resource "aws_vpclattice_resource_configuration" "single" {
  name                        = "single"
  resource_gateway_identifier = aws_vpclattice_resource_gateway.gateway.id
  port_ranges                 = ["80", "8000-8080"]
  protocol                    = "TCP"
  resource_configuration_definition {
    ip_resource {
      ip_address = var.address
    }
  }
}

resource "aws_vpclattice_resource_configuration" "database" {
  name                        = "database"
  type                        = "ARN"
  resource_gateway_identifier = aws_vpclattice_resource_gateway.gateway.id
  resource_configuration_definition {
    arn_resource {
      arn = "arn:aws:rds:us-east-1:123456789012:db:orders"
    }
  }
}

resource "aws_vpclattice_resource_configuration" "group" {
  name                        = "group"
  type                        = "GROUP"
  resource_gateway_identifier = aws_vpclattice_resource_gateway.gateway.id
  protocol                    = "TCP"
}

resource "aws_vpclattice_resource_configuration" "child" {
  name                            = "child"
  type                            = "CHILD"
  resource_configuration_group_id = aws_vpclattice_resource_configuration.group.id
  port_ranges                     = ["5432"]
  resource_configuration_definition {
    dns_resource {
      domain_name     = "db.example.com"
      ip_address_type = "IPV4"
    }
  }
}

resource "aws_vpclattice_service_network" "network" {
  name = "terraform"
}

resource "aws_vpclattice_service_network_resource_association" "single" {
  resource_configuration_identifier = aws_vpclattice_resource_configuration.single.id
  service_network_identifier        = aws_vpclattice_service_network.network.id
  tags = {
    team = "data"
  }
}

output "ids" {
  value = {
    gateway     = aws_vpclattice_resource_gateway.gateway.id
    single      = aws_vpclattice_resource_configuration.single.id
    association = aws_vpclattice_service_network_resource_association.single.id
  }
}

output "domain" {
  value = aws_vpclattice_service_network_resource_association.single.dns_entry[0].domain_name
}
