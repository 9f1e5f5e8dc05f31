# Every resource and data source of VPC Lattice, behind a function with a role of its own.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "port" {
  type = number
}

variable "package" {
  type = string
}

# Changed in place by the test.
variable "stage" {
  type    = string
  default = "first"
}

# Endpoint, Region and credentials come from `trellis env`.
provider "aws" {}

locals {
  tags = {
    stage = var.stage
  }
}

# --- The function ----------------------------------------------------------------------------------------------------

resource "aws_iam_role" "function" {
  name = "whole"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
  tags = local.tags
}

resource "aws_lambda_function" "hello" {
  function_name    = "whole"
  role             = aws_iam_role.function.arn
  runtime          = "python3.11"
  handler          = "app.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  publish          = true
  tags             = local.tags
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = var.stage
  function_name    = aws_lambda_function.hello.function_name
  function_version = aws_lambda_function.hello.version
}

resource "aws_lambda_permission" "live" {
  statement_id  = "lattice"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hello.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "vpc-lattice.amazonaws.com"
  source_arn    = aws_vpclattice_target_group.functions.arn
}

# --- Target groups ---------------------------------------------------------------------------------------------------

resource "aws_vpclattice_target_group" "functions" {
  name = "whole-functions"
  type = "LAMBDA"
  config {
    lambda_event_structure_version = "V2"
  }
  tags = local.tags
}

resource "aws_vpclattice_target_group_attachment" "function" {
  target_group_identifier = aws_vpclattice_target_group.functions.id
  target {
    id = aws_lambda_alias.live.arn
  }
  depends_on = [aws_lambda_permission.live]
}

resource "aws_vpclattice_target_group" "addresses" {
  name = "whole-addresses"
  type = "IP"
  config {
    port           = 8080
    protocol       = "HTTP"
    vpc_identifier = "vpc-0123456789abcdef0"
    health_check {
      enabled                       = true
      path                          = "/${var.stage}"
      health_check_interval_seconds = 30
      health_check_timeout_seconds  = 5
      healthy_threshold_count       = 5
      unhealthy_threshold_count     = 2
      matcher {
        value = "200-299"
      }
    }
  }
  tags = local.tags
}

resource "aws_vpclattice_target_group_attachment" "address" {
  target_group_identifier = aws_vpclattice_target_group.addresses.id
  target {
    id   = "10.0.0.7"
    port = 8080
  }
}

# --- The service -----------------------------------------------------------------------------------------------------

resource "aws_vpclattice_service" "service" {
  name               = "whole"
  auth_type          = "AWS_IAM"
  custom_domain_name = "whole.example.com"
  tags               = local.tags
}

resource "aws_vpclattice_auth_policy" "service" {
  resource_identifier = aws_vpclattice_service.service.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.stage
      Effect    = "Allow"
      Principal = "*"
      Action    = "vpc-lattice-svcs:Invoke"
      Resource  = "*"
    }]
  })
}

resource "aws_vpclattice_listener" "http" {
  name               = "http"
  protocol           = "HTTP"
  port               = var.port
  service_identifier = aws_vpclattice_service.service.id
  default_action {
    fixed_response {
      status_code = var.stage == "first" ? 404 : 500
    }
  }
  tags = local.tags
}

resource "aws_vpclattice_listener_rule" "orders" {
  name                = "orders"
  listener_identifier = aws_vpclattice_listener.http.listener_id
  service_identifier  = aws_vpclattice_service.service.id
  # The provider sends no UpdateRule for another priority.
  priority = 20
  match {
    http_match {
      method = "GET"
      header_matches {
        name           = "x-stage"
        case_sensitive = false
        match {
          exact = "test"
        }
      }
      path_match {
        case_sensitive = true
        match {
          prefix = "/orders"
        }
      }
    }
  }
  action {
    forward {
      target_groups {
        target_group_identifier = aws_vpclattice_target_group.functions.id
        weight                  = var.stage == "first" ? 999 : 998
      }
      target_groups {
        target_group_identifier = aws_vpclattice_target_group.addresses.id
        weight                  = 1
      }
    }
  }
  tags = local.tags
}

# --- The network -----------------------------------------------------------------------------------------------------

resource "aws_vpclattice_service_network" "network" {
  name      = "whole"
  auth_type = "NONE"
  tags      = local.tags
}

resource "aws_vpclattice_service_network_service_association" "service" {
  service_identifier         = aws_vpclattice_service.service.id
  service_network_identifier = aws_vpclattice_service_network.network.id
  tags                       = local.tags
}

resource "aws_vpclattice_service_network_vpc_association" "vpc" {
  vpc_identifier             = "vpc-0123456789abcdef0"
  service_network_identifier = aws_vpclattice_service_network.network.id
  security_group_ids         = [var.stage == "first" ? "sg-0123456789abcdef0" : "sg-0fedcba9876543210"]
  tags                       = local.tags
}

resource "aws_vpclattice_resource_policy" "network" {
  resource_arn = aws_vpclattice_service_network.network.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.stage
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Action = [
        "vpc-lattice:CreateServiceNetworkVpcAssociation",
        "vpc-lattice:CreateServiceNetworkServiceAssociation",
        "vpc-lattice:GetServiceNetwork",
      ]
      Resource = aws_vpclattice_service_network.network.arn
    }]
  })
}

resource "aws_vpclattice_access_log_subscription" "network" {
  resource_identifier      = aws_vpclattice_service_network.network.id
  destination_arn          = "arn:aws:s3:::whole-logs"
  service_network_log_type = "SERVICE"
  tags                     = local.tags
}

# --- Resources -------------------------------------------------------------------------------------------------------

resource "aws_vpclattice_resource_gateway" "gateway" {
  name               = "whole"
  vpc_id             = "vpc-0123456789abcdef0"
  subnet_ids         = ["subnet-0123456789abcdef0"]
  security_group_ids = [var.stage == "first" ? "sg-0123456789abcdef0" : "sg-0fedcba9876543210"]
  tags               = local.tags
}

resource "aws_vpclattice_resource_configuration" "database" {
  name                        = "whole"
  port_ranges                 = [var.stage == "first" ? "5432" : "5433"]
  protocol                    = "TCP"
  resource_gateway_identifier = aws_vpclattice_resource_gateway.gateway.id
  resource_configuration_definition {
    dns_resource {
      domain_name     = "db.example.com"
      ip_address_type = "IPV4"
    }
  }
  tags = local.tags
}

resource "aws_vpclattice_service_network_resource_association" "database" {
  resource_configuration_identifier = aws_vpclattice_resource_configuration.database.id
  service_network_identifier        = aws_vpclattice_service_network.network.id
  tags                              = local.tags
}

# --- Everything that can be looked up --------------------------------------------------------------------------------

data "aws_vpclattice_service" "service" {
  service_identifier = aws_vpclattice_service.service.id
}

data "aws_vpclattice_service" "by_name" {
  name       = "whole"
  depends_on = [aws_vpclattice_service.service]
}

data "aws_vpclattice_service_network" "network" {
  service_network_identifier = aws_vpclattice_service_network.network.id
  depends_on                 = [aws_vpclattice_service_network_service_association.service]
}

data "aws_vpclattice_listener" "http" {
  service_identifier  = aws_vpclattice_service.service.id
  listener_identifier = aws_vpclattice_listener.http.listener_id
}

data "aws_vpclattice_auth_policy" "service" {
  resource_identifier = aws_vpclattice_auth_policy.service.resource_identifier
}

data "aws_vpclattice_resource_policy" "network" {
  resource_arn = aws_vpclattice_resource_policy.network.resource_arn
}

output "found" {
  value = {
    service        = data.aws_vpclattice_service.service.arn
    by_name        = data.aws_vpclattice_service.by_name.arn
    network        = data.aws_vpclattice_service_network.network.number_of_associated_services
    listener       = data.aws_vpclattice_listener.http.port
    auth_policy    = data.aws_vpclattice_auth_policy.service.resource_identifier
    resource_share = data.aws_vpclattice_resource_policy.network.policy != ""
  }
}

output "host" {
  value = aws_vpclattice_service.service.dns_entry[0].domain_name
}
